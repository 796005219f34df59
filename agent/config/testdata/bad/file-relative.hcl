output "file" "a" {
  path = "a.log" # error: bad path: "a.log" | absolute
}
