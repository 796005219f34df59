agent {
  state_dir = 5 # error: state_dir must be a text in quotes | This is a number
}
