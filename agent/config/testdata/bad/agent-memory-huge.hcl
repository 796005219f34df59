agent {
  memory = 1e999999999 # error: memory must be a size
}
