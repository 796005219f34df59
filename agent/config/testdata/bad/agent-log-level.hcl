agent {
  log_level = "verbose" # error: bad log_level: "verbose" | debug, info, warn and error
}
