output "stdout" "a" {
  format = "jsn" # error: bad format: "jsn" | Did you mean "json"?
}
