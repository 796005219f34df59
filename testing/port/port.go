package port

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Chosen are the ports from lowest on, before highest: the kernel gives those from 32768
// on to who names none, and to outgoing connections.
const lowest, highest = 15_000, 32_000

// Free finds n different ports of 127.0.0.1 on which nobody listens.
func Free(n int) ([]int, error) {
	var found []int
	for range 1000 {
		number := lowest + rand.IntN(highest-lowest)
		l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", number))
		if err != nil {
			continue
		}
		defer l.Close() // only now, so that none is found twice
		if found = append(found, number); len(found) == n {
			return found, nil
		}
	}
	return nil, fmt.Errorf("find %d free ports below %d: only %d", n, highest, len(found))
}

// Address is 127.0.0.1 with a port on which nobody listens.
func Address() (string, error) {
	found, err := Free(1)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", found[0]), nil
}
