agent {
  on_lost_state = "begining" # error: bad on_lost_state: "begining" | Did you mean "beginning"? It is one of beginning and end
}
