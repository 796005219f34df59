// Package await has tests wait for what happens elsewhere: they ask again and again, and
// fail when it has taken too long.
package await
