package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"shipper/testing/need"
)

// Version is the Apache Kafka that is run.
const Version = "4.3.1"

// pom asks Maven for the broker, all that it needs, and something that prints
// its log.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>shipper.testing</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>` + Version + `</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`

// CacheDir is where Kafka's jars are kept: $XDG_CACHE_HOME or ~/.cache, below
// it shipper-kafka-VERSION.
func CacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache directory: %w", err)
	}
	return filepath.Join(base, "shipper-kafka-"+Version), nil
}

// install is what a node is run with.
type install struct {
	java string // path of the program
	libs string // directory of jars
}

// Install finds Java and Kafka, and fetches what is missing. Processes that do
// it at the same time wait for each other.
func Install(ctx context.Context) error {
	_, err := ensureInstalled(ctx)
	return err
}

func ensureInstalled(ctx context.Context) (install, error) {
	cache, err := CacheDir()
	if err != nil {
		return install{}, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return install{}, fmt.Errorf("make cache directory: %w", err)
	}
	unlock, err := need.Lock(filepath.Join(cache, "lock"))
	if err != nil {
		return install{}, err
	}
	defer unlock()

	libs := filepath.Join(cache, "libs")
	_, err = os.Stat(libs)
	fetched := err == nil
	programs := map[string]string{"java": "default-jre-headless"}
	if !fetched {
		programs["mvn"] = "maven"
	}
	if err := need.Programs(ctx, programs); err != nil {
		return install{}, fmt.Errorf("real Kafka needs Java 17 or newer and Maven: %w", err)
	}
	if !fetched {
		if err := fetchKafka(ctx, cache, libs); err != nil {
			return install{}, err
		}
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return install{}, fmt.Errorf("find java: %w", err)
	}
	return install{java: java, libs: libs}, nil
}

// fetchKafka fills libs, which appears only when it is complete.
func fetchKafka(ctx context.Context, cache, libs string) (err error) {
	temp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return fmt.Errorf("fetch Kafka: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if err := os.WriteFile(filepath.Join(temp, "pom.xml"), []byte(pom), 0o644); err != nil {
		return fmt.Errorf("fetch Kafka: %w", err)
	}
	jars := filepath.Join(temp, "libs")
	cmd := exec.CommandContext(ctx, "mvn", "-B", "-q", "dependency:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+jars)
	cmd.Dir = temp
	if err := runQuietly(cmd); err != nil {
		return fmt.Errorf("fetch Kafka: %w", err)
	}
	if err := os.Rename(jars, libs); err != nil {
		return fmt.Errorf("fetch Kafka: %w", err)
	}
	return nil
}

// runQuietly shows what a program printed only if it fails.
func runQuietly(cmd *exec.Cmd) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd.Path, err, tail(out.Bytes()))
	}
	return nil
}

// tail is the end of what a program said.
func tail(b []byte) []byte { return b[max(0, len(b)-4000):] }
