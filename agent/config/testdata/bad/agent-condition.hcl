agent {
  id = true ? "a" : "b" # error: id must be a text in quotes
}
