agent {
  memroy = "64MiB" # error: unknown key "memroy" | Did you mean "memory"?
}
