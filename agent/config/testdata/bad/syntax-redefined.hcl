agent {
  lanes = 1
  lanes = 2 # error: the same key again
}
