agent {
  state_dir = "state" # error: bad state_dir: "state" | absolute path
}
