agent {
  memory {} # error: "memory" is a key, not a block
}
