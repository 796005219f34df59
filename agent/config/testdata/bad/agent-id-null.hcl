agent {
  id = null # error: id must be a text in quotes | leave the key out
}
