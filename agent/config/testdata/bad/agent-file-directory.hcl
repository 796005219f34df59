agent {
  id = file(".") # error: can't read the file "testdata/bad": it is a directory
}
