"""Word tables: what the speller writes -> the lemma that the grammar knows. Data only.

Keys are lower case, without accents and apostrophes, as `text.normalise` leaves them.
"""

from __future__ import annotations

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_WEEKDAY_SPELLINGS = (
    "mon mons mondy munday moday mondays monay mnday",
    "tue tues tuesdy tusday tuseday teusday tuesdays tueday tuesay tuesd chewsday",
    "wed weds wednes wensday wendsday wednsday wednesdy wednesdays wenesday wendesday wedsday wednesay wedn wensdy",
    "thu thur thurs thrs thurday thirsday thusday thursdy thursdays thrusday thurdsay thursdsay",
    "fri fris frday fridy firday fridays friady",
    "sat sats satday saterday satruday saturdy saturdays satuday sturday",
    "sun suns sunda sundy sundays sunady",
)
_MONTH_SPELLINGS = (
    "jan januray janurary janury januar",
    "feb febs febuary febuery feburary februrary febrary februar feburay",
    "mar mrch marhc marz maerz",
    "apr apil arpil apirl aprl aprill",
    "mayy",
    "jun juni juin",
    "jul juli juy juillet",
    "aug agust augst augut agosto",
    "sep sept septmber setpember septembr septemer septembre",
    "oct octber octobr ocotber oktober okt octobre",
    "nov novmber novembr novemebr novembre",
    "dec decmber decembr deccember dezember dez decembre",
)
# Month and weekday names of other languages that people leave in an English sentence.
# German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish; nothing that collides with an English word.
_FOREIGN_WEEKDAYS = (
    "montag lundi lunes lunedi segunda maandag poniedzialek pazartesi segundafeira",
    "dienstag mardi martes martedi dinsdag wtorek tercafeira",
    "mittwoch mercredi miercoles mercoledi woensdag sroda carsamba quartafeira",
    "donnerstag jeudi jueves giovedi donderdag czwartek persembe quintafeira",
    "freitag vendredi viernes venerdi vrijdag piatek cuma sextafeira",
    "samstag sonnabend samedi sabado sabato zaterdag sobota cumartesi",
    "sonntag dimanche domingo domenica zondag niedziela pazar",
)
_FOREIGN_MONTHS = (
    "janvier enero gennaio janeiro januari stycznia styczen ocak janner jaenner",
    "fevrier febrero febbraio fevereiro februari lutego luty subat",
    "marzo marco maart marca marzec mars",
    "avril abril aprile kwietnia kwiecien nisan",
    "mai mayo maggio maio mei maja mayis",
    "junio giugno junho czerwca czerwiec haziran",
    "julio luglio julho lipca lipiec temmuz",
    "aout augustus sierpnia sierpien agustos",
    "septiembre settembre setembro wrzesnia wrzesien eylul",
    "octubre ottobre outubro pazdziernika pazdziernik ekim",
    "noviembre novembro listopada listopad kasim",
    "diciembre dicembre dezembro grudnia grudzien aralik",
)

_OTHER = {
    "today": "2day tday todays tdy todaay heute hoy oggi aujourdhui hoje vandaag dzisiaj bugun toady",
    "tomorrow": "tmrw tmr tmw tmo tmrrw tmmrw tomoz tomo tomz 2moro 2morow 2morrow 2mrw 2mo tomorow tommorow tommorrow"
    " tomorro tomorrw tomrrow tomorrows tomarrow tomoro tomorro tommorro tmorrow tomorrrow toomorrow tommorw tomrw tmmw"
    " demain manana domani amanha jutro yarin tommrow tomm tommarow tmaro",
    "yesterday": "yday ystrday yest gestern hier ayer ieri",
    "overmorrow": "ubermorgen uebermorgen apresdemain",
    "tonight": "2nite tonite 2night tnite tonght tonigt tnight toniht tonights tonihgt tonigh 2nyt",
    "morning": "mornin morn mornings mornig morining mornng mroning matin forenoon",
    "afternoon": "aftrnoon afternoons arvo afternon aftenoon aftanoon aftnoon nachmittag aft aftern afernoon",
    "evening": "evenin evning evng evenings eve eveing evenning abend soir eveninng",
    "night": "nite nites nights nght nigth",
    "noon": "midday noontime nooon mittag midi mediodia noons",
    "midnight": "midnite midnights mitternacht minuit medianoche midnght",
    "lunch": "lunchtime lunchtimes luncheon",
    "dinner": "dinnertime supper suppertime teatime",
    "breakfast": "breakfasttime",
    "next": "nxt nex nexxt prochain prochaine proximo proxima nachsten naechsten nachste naechste",
    "this": "ths dis thiss diesen",
    "coming": "comin upcoming",
    "following": "folowing followin",
    "last": "lst previous",
    "week": "wk weeks wks weekk weks wek w",
    "weekend": "wkend wknd weekends weeknd wkd",
    "month": "mth months mths mnth mo mos mnths",
    "year": "yr years yrs",
    "day": "days dys",
    "fortnight": "fortnights fornight",
    "hour": "hr hrs hours hur hous horas heures stunden stunde std hourr ora",
    "minute": "min mins minutes mintues minuets minits m minuten minutos minuites minuts minites mn",
    "seconds": "secs sec",
    "quarter": "quater quarters qtr quartr qurter",
    "half": "hlf halves",
    "weekday": "weekdays workday workdays",
    "oclock": "clock",
    "uhr": "uhrs",
    "end": "ending",
    "beginning": "begining start",
    "mid": "middle",
    "before": "b4 bfore befor prior",
    "after": "aftr afer",
    "from": "frm",
    "until": "til till untill unitl untl bis",
    "through": "thru thr throug thruout",
    "between": "btwn btw beetween betwen inbetween",
    "couple": "cpl cple coupla",
    "about": "abt",
    "at": "@ um",
    "christmas": "xmas xmass chrismas cristmas chistmas christmass",
    "thanksgiving": "thanksgivin thanksgving tgiving thanksgivings",
    "halloween": "haloween hallowen holloween helloween",
    "valentines": "valentine valentins vday valantines",
    "easter": "eastr",
    "same": "",
    "eod": "",
    "cob": "",
    "eow": "",
    "eom": "",
    "eoy": "",
    "eoq": "",
    "now": "rn",
    "later": "ltr",
}


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for lemmas, rows in (
        (WEEKDAYS, _WEEKDAY_SPELLINGS),
        (MONTHS, _MONTH_SPELLINGS),
        (WEEKDAYS, _FOREIGN_WEEKDAYS),
        (MONTHS, _FOREIGN_MONTHS),
    ):
        for lemma, row in zip(lemmas, rows, strict=True):
            table[lemma] = lemma
            for word in row.split():
                table[word] = lemma
    for lemma, row in _OTHER.items():
        table[lemma] = lemma
        for word in row.split():
            table[word] = lemma
    return table


SPELLINGS: dict[str, str] = _table()

CARDINALS = {
    word: n
    for n, words in {
        0: "zero",
        1: "one uno",
        2: "two twoo",
        3: "three thre",
        4: "four fuor",
        5: "five fiv",
        6: "six",
        7: "seven sevn",
        8: "eight eigth eght",
        9: "nine nien",
        10: "ten",
        11: "eleven elevn elven",
        12: "twelve twelv tweleve dozen",
        13: "thirteen thirten",
        14: "fourteen forteen",
        15: "fifteen fiveteen",
        16: "sixteen",
        17: "seventeen",
        18: "eighteen eightteen",
        19: "nineteen ninteen",
        20: "twenty twenny tweny",
        30: "thirty thirdy",
        40: "forty fourty",
        50: "fifty",
        60: "sixty",
        70: "seventy",
        80: "eighty",
        90: "ninety ninty",
    }.items()
    for word in words.split()
}
ORDINALS = {
    word: n
    for n, words in {
        1: "first frist premier primero",
        2: "second",
        3: "third thrid",
        4: "fourth forth",
        5: "fifth fith",
        6: "sixth",
        7: "seventh",
        8: "eighth eightth",
        9: "ninth nineth",
        10: "tenth",
        11: "eleventh",
        12: "twelfth twelth twelvth",
        13: "thirteenth",
        14: "fourteenth",
        15: "fifteenth",
        16: "sixteenth",
        17: "seventeenth",
        18: "eighteenth",
        19: "nineteenth",
        20: "twentieth twentyth",
        30: "thirtieth thirtyth",
    }.items()
    for word in words.split()
}

# Words that carry no date meaning where the grammar does not use them.
_FILLERS = (
    "on by at before due from around the um uh uhm umm erm er hmm like please pls plz sharp about approximately approx"
    " roughly circa ca maybe perhaps say sometime some just for of in only then date time exactly precisely dot prompt"
    " starting starts beginning commencing kicking begins until to through latest most ok okay well you know i"
    " guess think so probably preferably possibly possible ideally ish or a an is its it be this that and"
    " my ends ending end during onwards onward oclock uhr el la le les las los il de del der den dem das al am gegen"
    " vers as with between nearly almost near close kind sort thereabouts after later lets hey yeah yes up"
    " long within early late bright hrs"
    " local utc gmt bst cet cest eet eest msk ist sast wat est edt cst cdt mst mdt pst pdt et ct mt pt jst kst hkt sgt"
    " aest aedt nzst nzdt"
)
FILLERS = frozenset(_FILLERS.split())
# Words with a part in some rule, so that neither spelling repair nor plural stripping touches them.
_KNOWN_WORDS = (
    "now later early late first second half quarter of off past hundred thousand o every no not wait actually sorry"
    " make thing business close closing play work school mass church ago hence eve days minutes hours leap"
    " christmas thanksgiving veterans presidents valentines patricks mothers fathers fools saints souls news years"
    " always less sunset sunrise dusk dawn seconds"
)
KNOWN_WORDS = frozenset(_KNOWN_WORDS.split())
WEEKDAY_NUMBER: dict[str, int] = {name: n for n, name in enumerate(WEEKDAYS)}
MONTH_NUMBER: dict[str, int] = {name: n for n, name in enumerate(MONTHS, 1)}

# Vocabulary for spelling repair: an unknown word this close to exactly one of these is taken for it.
REPAIRABLE: tuple[str, ...] = tuple(
    w
    for w in (
        *WEEKDAYS,
        *MONTHS,
        *CARDINALS,
        *ORDINALS,
        "today",
        "tomorrow",
        "tonight",
        "morning",
        "afternoon",
        "evening",
        "midnight",
        "weekend",
        "fortnight",
        "thanksgiving",
        "christmas",
        "halloween",
        "valentines",
        "minutes",
        "quarter",
        "between",
        "through",
        "beginning",
        "following",
        "memorial",
        "independence",
        "veterans",
        "presidents",
        "columbus",
        "juneteenth",
    )
    if len(w) >= 6
)
# Ordinary words one letter away from a word above: never repaired.
_NOT_MISSPELT = (
    "moaning mourning sundae sundaes knight knights minuted banquet warning learning meaning turning burning"
    " fright freight height weight sixteens thirsty tenths sevens opening evensong evens leaving weekender"
    " decembers novembers remember members member presidential president veteran forties thirties"
    " twenties fifties eighties sixties seventies nineties midnights tomorrowland marched marching daily weekly"
    " monthly yearly hourly frida fridah augusta augustine monica thirds"
)
NOT_MISSPELT = frozenset(_NOT_MISSPELT.split())
