#include "core/money.h"

#include "core/decimal.h"

#include <string.h>

/* ISO 4217, list one: the active codes that have a minor unit, by its decimals. These are the standard's
 * decimals; CLDR's differ where coins have gone out of use. Each code takes four bytes. */
static const char no_decimals[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
static const char two_decimals[] =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP "
    "MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS "
    "VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ";
static const char three_decimals[] = "BHD IQD JOD KWD LYD OMR TND ";
static const char four_decimals[] = "CLF UYW ";

static bool lists(const char *codes, const char *code)
{
    for (; *codes != '\0'; codes += 4) {
        if (memcmp(codes, code, 3) == 0) {
            return true;
        }
    }
    return false;
}

int money_decimals(const char *currency)
{
    if (strlen(currency) != 3) {
        return -1;
    }
    if (lists(two_decimals, currency)) {
        return 2;
    }
    if (lists(no_decimals, currency)) {
        return 0;
    }
    if (lists(three_decimals, currency)) {
        return 3;
    }
    return lists(four_decimals, currency) ? 4 : -1;
}

void money_format(struct text *text, int64_t minor, int decimals)
{
    decimal_format_fixed(text, minor, (unsigned)decimals);
}

bool money_parse(const char *text, size_t length, int decimals, int64_t *minor)
{
    return decimal_parse(text, length, (unsigned)decimals, MONEY_MAX, minor);
}
