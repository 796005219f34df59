agent "a" { # error: the block agent has no label
}
