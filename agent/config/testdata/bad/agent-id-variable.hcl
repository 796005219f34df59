agent {
  id = host # error: id can't depend on the file
}
