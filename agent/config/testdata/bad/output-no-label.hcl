output "kafka" { # error: the block output needs a kind and one label
}
