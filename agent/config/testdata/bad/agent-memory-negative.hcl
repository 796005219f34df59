agent {
  memory = "-64MiB" # error: memory is out of range
}
