agent {
  memory = ["64MiB"] # error: memory must be a size such as "64MiB" | This is a list
}
