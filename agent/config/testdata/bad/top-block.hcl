outputs "kafka" "events" { # error: unknown block "outputs" | Did you mean "output"?
}
