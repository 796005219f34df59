package settings

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"

	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/demand"
	"shipper/outputs/kafka/wire"
)

// quietSarama keeps sarama from registering a meter for everything it does, for
// ever.
var quietSarama = sync.OnceFunc(func() { metrics.UseNilMetrics = true })

const timeout = 5 * time.Second

// Reader asks brokers about the settings of topics. Its connections live for one
// exchange: there are few, and none can be found dead when it is needed.
type Reader struct {
	conf   *sarama.Config
	dialer *wire.Dialer
}

// New makes a Reader that reaches brokers as d does.
func New(d *wire.Dialer) (*Reader, error) {
	quietSarama()
	sc := sarama.NewConfig()
	sc.Version = sarama.V2_8_0_0 // with topic ids; lower if the broker is older
	sc.ClientID = d.ClientID
	sc.Net.DialTimeout, sc.Net.ReadTimeout, sc.Net.WriteTimeout = timeout, timeout, timeout
	sc.Net.TLS.Enable = d.TLS != nil
	if s := d.SASL; s.Mechanism != "" {
		sc.Net.SASL.Enable = true
		sc.Net.SASL.Mechanism = sarama.SASLMechanism(s.Mechanism)
		sc.Net.SASL.User, sc.Net.SASL.Password = s.Username, s.Password
		sc.Net.SASL.Version = sarama.SASLHandshakeV1
		sc.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{sasl: s} }
		sc.Net.SASL.TokenProvider = tokens{s.Token}
	}
	if err := sc.Validate(); err != nil {
		return nil, err
	}
	return &Reader{conf: sc, dialer: d}, nil
}

// tokens lets sarama have tokens from where package wire has them.
type tokens struct{ from wire.TokenSource }

// Token serves sarama.
func (t tokens) Token() (*sarama.AccessToken, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	token, err := t.from.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &sarama.AccessToken{Token: token}, nil
}

// scramClient lets sarama use the same exchange as package wire.
type scramClient struct {
	sasl wire.SASL
	conv interface {
		Step(string) (string, error)
		Done() bool
	}
}

func (c *scramClient) Begin(string, string, string) error {
	conv, err := c.sasl.SCRAM()
	c.conv = conv
	return err
}

func (c *scramClient) Step(challenge string) (string, error) { return c.conv.Step(challenge) }
func (c *scramClient) Done() bool                            { return c.conv.Done() }

// dialFunc is a dialer as sarama wants it.
type dialFunc func(network, addr string) (net.Conn, error)

// Dial calls f.
func (f dialFunc) Dial(network, addr string) (net.Conn, error) { return f(network, addr) }

// boundDial dials connections that die with ctx, which sarama does not know.
func boundDial(ctx context.Context, d *wire.Dialer) dialFunc {
	return func(_, addr string) (net.Conn, error) {
		c, err := d.Connect(ctx, addr, time.Now().Add(timeout))
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.Close() })
		}
		return c, err
	}
}

// ask connects to addr and lets f make its requests.
func (r *Reader) ask(ctx context.Context, addr string, f func(*sarama.Broker) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conf := *r.conf
	conf.Net.Proxy.Enable, conf.Net.Proxy.Dialer = true, boundDial(ctx, r.dialer)
	if r.dialer.TLS != nil {
		conf.Net.TLS.Config, _ = r.dialer.TLS.Config() // what is wrong with newer files, wire says
	}
	b := sarama.NewBroker(addr)
	if err := b.Open(&conf); err != nil {
		return err
	}
	ok, err := b.Connected()
	if !ok {
		if err == nil {
			err = errors.New("the broker closed the connection")
		}
		return kafkaError(err)
	}
	defer func() { _ = b.Close() }()
	return kafkaError(f(b))
}

// Of asks the broker at addr for those settings of topics that package demand
// compares. A topic whose settings are not told has an error in errs.
func (r *Reader) Of(ctx context.Context, addr string, topics []string) (values map[string]map[string]string, errs map[string]error, err error) {
	values, errs = make(map[string]map[string]string), make(map[string]error)
	err = r.ask(ctx, addr, func(b *sarama.Broker) error {
		req := &sarama.DescribeConfigsRequest{Version: 2}
		for _, t := range topics {
			req.Resources = append(req.Resources, &sarama.ConfigResource{
				Type: sarama.TopicResource, Name: t,
				ConfigNames: demand.Settings,
			})
		}
		resp, err := b.DescribeConfigs(req)
		if err != nil {
			return err
		}
		for _, res := range resp.Resources {
			if res.ErrorCode != 0 {
				errs[res.Name] = codes.Answer{Code: codes.Code(res.ErrorCode), To: codes.Admin}
				continue
			}
			m := make(map[string]string)
			for _, e := range res.Configs {
				m[e.Name] = e.Value
			}
			values[res.Name] = m
		}
		return nil
	})
	return values, errs, err
}

// kafkaError turns sarama's error codes into ours, so that they are treated
// alike.
func kafkaError(err error) error {
	var k sarama.KError
	if errors.As(err, &k) {
		return fmt.Errorf("%w: %w", codes.Answer{Code: codes.Code(k), To: codes.Admin}, err)
	}
	return err
}
