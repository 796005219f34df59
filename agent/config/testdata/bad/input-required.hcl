input "logfile" "web" { # error: missing key "paths" | error: missing key "output"
}
