input "logfile" { # error: the block input needs a kind and one label
}
