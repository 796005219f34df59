agent {
  id = getenv("HOME") # error: there is no function "getenv" | env("NAME") and file("path")
}
