/* Currencies of ISO 4217 in use, by decimal digits of the minor unit. */
#include "programme/city/city.h"

/* Of three letters, separated by spaces. */
static const char two_digits[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN "
	"BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
	"GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
	"LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
	"PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
	"SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG";
static const struct {
	int digits;
	const char *codes;
} table[] = {
	{2, two_digits},
	{0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"},
	{3, "BHD IQD JOD KWD LYD OMR TND"},
};

int currency_digits(const char *code)
{
	if (strlen(code) != 3)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		for (const char *p = table[i].codes; p[0] && p[1] && p[2]; p += p[3] ? 4 : 3)
			if (memcmp(p, code, 3) == 0)
				return table[i].digits;
	return -1;
}
