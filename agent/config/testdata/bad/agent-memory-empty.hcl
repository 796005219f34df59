agent {
  memory = "" # error: "" is not a size
}
