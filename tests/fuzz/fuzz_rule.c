/* Whatever a rule's text holds: as each kind it is refused, or of bounded shape; a price list that is
 * accepted gives prices whose steps add up to them. */
#include "fuzz.h"

#include "programme/rule/own.h"
#include "programme/tradein/quote.h"

static const struct quote_model models[] = {
	{"Apple", "iPhone 13", "phone", 18894, 599900, "CNY"},
	{NULL, NULL, "washing_machine", FIELD_NONE, FIELD_NONE, NULL},
	{"A", "B", "phone", FIELD_NONE, 1, "EUR"}};
static const struct quote_facts facts[] = {{NULL, FIELD_NONE, FIELD_NONE, FIELD_NONE},
					   {"screen:cracked,body:worn", 128, 60, 36},
					   {"power:no", 1000000, 0, 1200}};

static void check_price(struct cx *cx, const struct price_list *list)
{
	const struct rule rule = {.shape = list};
	struct quote q;

	for (size_t m = 0; m < ARRAY_LEN(models); m++)
		for (size_t f = 0; f < ARRAY_LEN(facts); f++) {
			int64_t sum;
			if (quote_price(cx, &rule, &models[m], &facts[f], INT64_C(1767225600000000),
					"CNY", &q)) {
				HOLDS(*cx->msg);
				cx_clear(cx);
				continue;
			}
			HOLDS(q.price_minor >= 0 && q.bonus_minor >= 0 &&
			      q.steps.count <= QUOTE_STEPS_MAX);
			sum = q.base_minor;
			for (size_t i = 0; i < q.steps.count; i++)
				sum += ((const struct quote_step *)q.steps.item)[i].effect_minor;
			HOLDS(q.refuse ? q.price_minor == 0 : sum == q.price_minor);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *v;
	struct cx cx;
	void *shape;

	cx_init(&cx, (size_t)1 << 28);
	if (json_parse(&cx, (const char *)data, size, &json_limits_request, &v) == ERR_OK)
		for (int kind = 0; rule_kinds[kind]; kind++) {
			const struct rule_shape *s = &rule_shapes[kind];
			shape = cx_alloc(&cx, s->size);
			HOLDS(shape);
			if (field_read(&cx, s->fields, IN, v, shape) == ERR_OK &&
			    s->check(&cx, shape) == ERR_OK && kind == RULE_PRICE_LIST)
				check_price(&cx, shape);
			cx_clear(&cx);
		}
	cx_done(&cx);
	return 0;
}
