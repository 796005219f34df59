agent {
  lanes = "4" # error: lanes must be a whole number, without quotes | This is a text
}
