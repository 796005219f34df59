output "kafka" "a" "b" { # error: the block output needs a kind and one label
}
