agent {
  id = web1 # error: there is no variable "web1" | A text needs quotes
}
