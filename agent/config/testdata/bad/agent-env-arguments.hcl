agent {
  id = env() # error: env takes one argument
}
