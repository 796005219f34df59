input "logfiles" "web" { # error: unknown kind of input: "logfiles" | Did you mean "logfile"?
}
