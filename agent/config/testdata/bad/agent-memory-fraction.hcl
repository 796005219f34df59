agent {
  memory = 1.5 # error: memory must be a size
}
