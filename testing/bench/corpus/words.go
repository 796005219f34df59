package corpus

type route struct {
	method, path string
	numbered     bool // a number follows the path
	size         int  // of the largest answer
}

var routes = []route{
	{"GET ", "/", false, 9000},
	{"GET ", "/items/", true, 40000},
	{"GET ", "/items/", true, 40000},
	{"GET ", "/search?q=lamp&page=", true, 60000},
	{"GET ", "/static/app.js", false, 3},
	{"GET ", "/static/site.css", false, 3},
	{"GET ", "/images/item-", true, 90000},
	{"POST ", "/cart/", true, 900},
	{"GET ", "/account/orders", false, 8000},
	{"GET ", "/healthz", false, 2},
}

var statuses = []string{"200 ", "200 ", "200 ", "200 ", "200 ", "200 ", "304 ", "301 ", "404 ", "500 "}

var referrers = []string{
	"-",
	"-",
	"https://shop.example.com/",
	"https://shop.example.com/search",
	"https://www.example.org/",
}

var userAgents = []string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Safari",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile",
	"curl/8.8.0",
	"Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example.com)",
}
