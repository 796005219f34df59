agent {
  id = file("no/such") # error: can't read the file "testdata/bad/no/such": no such file or directory
}
