input "web" { # error: unknown kind of input: "web" | logfile
}
