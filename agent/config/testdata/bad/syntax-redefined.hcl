agent {
  lanes = 1
  lanes = 2 # error: attribute redefined
}
