agent {
  log_format = true # error: log_format must be a text in quotes | This is true or false
}
