agent {
  id = web1 # error: there is no variable "web1" | a text needs quotes
}
