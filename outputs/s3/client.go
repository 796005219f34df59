package s3

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// client makes the SDK's client when it is first needed: what it finds in the
// environment may be wrong now and mended later.
type client struct {
	cfg *Config

	mu   sync.Mutex
	made *s3.Client
}

// get returns the client, once somebody is found to sign as.
func (c *client) get(ctx context.Context) (*s3.Client, error) {
	made, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := made.Options().Credentials.Retrieve(ctx); err != nil { // cached by the SDK
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", errNoCredentials, err)
	}
	return made, nil
}

func (c *client) load(ctx context.Context) (*s3.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made != nil {
		return c.made, nil
	}
	load := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
	}
	if c.cfg.Region != "" {
		load = append(load, config.WithRegion(c.cfg.Region))
	}
	if c.cfg.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(c.cfg.Credentials))
	}
	found, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("read the SDK's configuration: %w", err)
	}
	if found.Region == "" {
		return nil, errNoRegion
	}
	c.made = s3.NewFromConfig(found, func(o *s3.Options) {
		o.UsePathStyle = c.cfg.PathStyle
		if c.cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(c.cfg.Endpoint)
		}
		if c.cfg.ChecksumWhenRequired {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}
		// What is read back is compared with its own checksum.
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	return c.made, nil
}
