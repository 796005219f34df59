agent {
  lanes = 1000 # error: lanes is out of range | from 0 to 256
}
