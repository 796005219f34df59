agent {
  id = env(5) # error: id must be a text in quotes
}
