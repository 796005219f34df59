agent {
  id = "a" + "b" # error: id must be a text in quotes
}
