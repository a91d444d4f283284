"""The phrases that `crisis` looks for, as patterns over words in its plain spelling.

That is lower case, one blank between words, no apostrophes ("do not", "i am", "want to"), no fillers, and a full stop
of its own between sentences.

Behind many stands what must not follow: what makes an accident, a place, an insurance or a joke of the same words.
"""

import re

_AFTER = r"(?:\.|anymore|no more|again|and|but|because|cause|cos|if|now|tonight|today|tomorrow|please|sometimes|i|help)"
END = rf"(?= {_AFTER}(?: |$)| ?$)"
"""What follows where a phrase is over, so that "do not want to live" is not "do not want to live here"."""

WISH = (
    r"(?:(?:want|wants|wanted|wanting|going|tempted|planning|plan|plans|about|ready|urge|urges|tried|trying|need|have)"
    r" to|think(?:ing)? (?:of|about)|thought (?:of|about)|thoughts (?:of|about)|feel|feeling|might|will|should|could"
    r"|considering|considered|keep)"
)
"""Leads to a deed that is meant; "feel like" is "feel", since "like" is taken out as a filler."""

ACCIDENT = (
    r"(?! (?:laughing|working|tripping|falling|slipping|trying|getting|carrying|lifting|climbing|walking|shaving"
    r"|in the foot|with laughter|to (?:get|make|pay|finish|meet)"
    r"|for (?:not|\w+ing)\b|on (?:the|your|that|this|those|a|it)"
    r"|over (?:the|your|that|a) (?:cable|wire|box|step|mat|rug|cord|lead|kerb|curb|loose|router)))"
)
"""Before this "killed myself" is an exaggeration, and "cut myself" an accident."""

NOT_LIFE = (
    r"(?! (?:insurance|assurance|cover|savings|saving|policy|story|into|in (?:my|his|her|their|your|a)|away|back|over"
    r"|plan|subscription|contract|membership|easier|seriously|partner|for granted)\b)"
)
"""Before this "my life" is a part of something else."""

NOT_PLACE = r"(?! (?:in|at|here|there|with|near|on|next|under|out|off|without|alone|together|abroad|among)\b)"
"""Before this "living" is about a place or about company."""

NOT_TITLE = r"(?! (?:squad|prevention|awareness|hotline|helpline|doors|by))"
"""Before this "suicide" is a title or a cause."""

JOKING = r"(?! (?:of|from|laughing|waiting|than|before|happy|rich|on hold))"
"""Before this "want to die" is a manner of speaking."""

TAKING_ONES_LIFE = (
    rf"\b(?:kill|killing|killed|unalive|unaliving|unalived|kil) myself\b{ACCIDENT}",
    r"\b(?:hang|hanging|hanged|shoot|shooting|drown|drowning|gas|gassing) myself\b(?! (?:in the foot|out|up))",
    r"\b(?:to|will|might|should|could) (?:off|end|top|neck) myself\b(?! up)",
    r"\b(?:ending|offing|topping) myself\b(?! up)",
    r"\b(?:do|doing) myself in\b",
    r"\b(?:throw|throwing) myself (?:off|under|in front)\b",
    # "kms" is also how kilometres are written.
    r"(?:^|\.) kms (?:\.|$)",
    r"\b(?:i|going to|want to|might|will|would|could|i am) kms\b(?! (?:away|from|per|an))",
    rf"\b(?:end|ending|ended|take|taking|took|taken) my (?:own )?life\b{NOT_LIFE}",
    rf"\b{WISH} end(?:ing)? (?:it|things) all\b"
    r"(?! (?:the|my|our|both|including|with|contracts|services|by|at|on|off))",
    rf"\bwant (?:it all|my life) to (?:end|be over)\b{END}",
    r"\bput an end to (?:it all|my life)\b",
    r"\b(?:slit|slitting|slash|slashing|cut|cutting) my wrists\b",
    r"\b(?:slit|slitting) my (?:own )?throat\b",
    r"\b(?:blow|blowing) my (?:own )?brains out\b",
    r"\b(?:bullet|gun) (?:in|to|through) my (?:own )?(?:head|mouth|brain)\b",
    rf"\bi (?:(?!you\b)\w+ ){{0,4}}?{WISH} (?:be )?(?:jump|jumping) (?:off|from|in front of|under) (?:a|the|this|that) "
    r"(?:bridge|roof|building|cliff|balcony|train|bus|lorry|truck|tube)\b",
    rf"\b{WISH} (?:drive|driving) (?:into a (?:wall|tree)|off a (?:bridge|cliff))\b",
    r"\bwant to end my (?:suffering|pain)\b",
    r"\bon (?:a|the|this) (?:bridge|roof|ledge)\b(?: \w+){0,6} jump\b",
    r"\b(?:took|taken|take|taking) an overdose\b",
    r"\bi (?:have )?overdosed\b",
    rf"\bi (?:\w+ ){{0,4}}?{WISH} overdos(?:e|ing)\b",
    rf"\b{WISH} (?:take|taking|swallow|swallowing) (?:all|every one of|the whole|a whole) (?:of )?"
    r"(?:my |the |these |those )?(?:pills|tablets|meds|medication|bottle of pills|packet of pills)\b",
)

SUICIDE = (
    r"\b(?:am|feel|feeling|felt|been|me|getting|become|becoming|almost|not|bit|very|quite|still|now|i was) suicidal\b"
    r"(?! to )",
    r"\bsuicidal (?:thoughts|thought|ideation|feelings|feeling|ideas)\b",
    r"(?:^|\.|crisis) (?:suicide|suicidal) (?:\.|please|help|$)",
    r"\bi (?:\w+ ){0,6}?(?:commit\w*|attempt\w*|consider\w*|contemplat\w*|think\w* (?:about|of)|thought (?:about|of)"
    rf"|plan\w*|try|tried|trying) suicide\b{NOT_TITLE}",
    rf"\b(?:thoughts|thinking|ideas|verge|brink|edge|feelings) (?:of|about) (?:committing )?suicide\b{NOT_TITLE}",
    rf"\bmy (?:own )?suicide\b{NOT_TITLE}",
    r"\bsuicide (?:is|seems|feels|looks) (?:\w+ ){0,3}?(?:way|option|answer|solution)\b",
    r"\bdr(?:ive|ives|iving|ove|iven) (?:me|him|her|us|them|my \w+) to suicide\b",
    r"\b(?:called|calling|call|rang|ring|ringing|phoned) (?:a|the) suicide (?:hotline|helpline|line)\b",
)

SELF_HARM = (
    r"\b(?:i|am|been|to|of|my|me|from|started|with|about|keep|still) self ?harm(?:ed|ing|s)?\b"
    r"(?! (?:content|filter|post|policy))",
    r"\bharming myself\b",
    # "So that I do not want to hurt myself" is about a ladder.
    rf"(?<!not )\b{WISH} (?:hurt|harm|cut|hurting|cutting) myself\b{ACCIDENT}",
    rf"\b(?:been|started|stop|keep|kept) (?:hurting|cutting) myself\b{ACCIDENT}",
    r"\bi (?:cut|hurt|burn) myself (?:again )?(?:on purpose|when i (?:am|get|feel)|whenever i|to cope|to feel"
    rf"|(?:last night |today )?because of (?:this|it|you){END})",
    r"\bi have been cutting again\b",
    r"\b(?:danger|risk) to myself\b",
    r"\bnot (?:feel )?safe (?:with|from|around) myself\b",
    r"\b(?:going to|might|i will) do something (?:stupid|silly) to myself\b",
    r"\b(?:scared|afraid|worried|frightened) (?:that )?i (?:will|might|am going to|may|would) "
    r"(?:hurt|harm|do something to) myself\b",
)

WANTING_TO_BE_DEAD = (
    rf"\b(?:i|me|would) (?:\w+ ){{0,4}}?(?:want|wanted|wanting|wish|wishing) to (?:die|be dead)\b{JOKING}",
    rf"(?:^|\.|and|but) (?:want|wanted|wanting) to (?:die|be dead)\b{JOKING}",
    r"\bwish (?:that )?i (?:was|were) (?:dead|not alive|never born)\b",
    r"\bwish (?:that )?i (?:could die|would die|had died|would died|had never been born|did not exist)\b",
    r"\b(?:hope|hoped|hoping|pray|praying|wish|wished) (?:that )?i"
    r" (?:die|(?:do|will|did|would) not wake up|never (?:wake|woke) up)\b",
    r"\bgo to sleep and (?:never|not) wake up\b",
    rf"\bnot (?:want|wanted|wanting) to wake up\b{END}",
    r"\bi (?:\w+ ){0,4}?(?:better off|rather be|sooner be|as well be) dead\b(?! than)",
    r"(?:^|\.) (?:better off|rather be) dead\b(?! than)",
    r"\bbetter off (?:not existing|not being here|not alive)\b",
    r"\bi will be dead (?:tonight|tomorrow|by (?:tonight|tomorrow|morning|monday|friday))\b",
    rf"(?:^|\.|please) let me die\b{JOKING}",
    r"\bdeath (?:would be|is|seems|sounds) (?:better|easier|the only)\b",
    r"\b(?:nobody|no one|who) (?:would|will) (?:\w+ )?(?:miss me|care|notice)"
    r" if i (?:die|died|was gone|were gone|am gone)\b",
    r"\b(?:better|easier|happier|best) (?:off |for \w+ )?if i (?:was|were|am) (?:dead|gone|not (?:here|around|alive))\b"
    r"(?! (?:when|while|for|during|at|on|by|then|tomorrow|to|that))",
    r"\bif i (?:was|were) dead\b",
    r"\b(?:everyone|everybody|family|kids|children|they|world|people|wife|husband|mum|mom|dad|parents|friends|son"
    r"|daughter|them) (?:\w+ ){0,4}?better (?:off )?without me\b(?! (?:as|in the|on|for))",
)

NO_LONGER_LIVING = (
    rf"\bnot (?:want|wanting|wanted|wish|deserve) to (?:live|exist)\b{END}",
    r"\bnot (?:want|wanting|wanted|wish|deserve) to be alive\b",
    r"\bwant to (?:not be alive|stop existing|stop living)\b",
    rf"\bnot (?:think|know (?:if|how)|see how) i can (?:go on|carry on|keep|keep on) living\b{NOT_PLACE}",
    r"\bnot (?:want|wanting|wanted|wish) to be (?:here|around) (?:anymore|no more)\b"
    r"(?! (?:on|waiting|in|at|than|with you|as|when|while))",
    r"\bnot (?:want|wanting|wanted|wish) to be (?:on this (?:earth|planet)|in this world)\b",
    rf"\b(?:not|never) (?:want to |wanting to )?(?:go on|carry on|keep|keep on|continue|stand) living\b{NOT_PLACE}",
    rf"\bcan not live (?:anymore|no more)\b{NOT_PLACE}",
    r"\bcan not live with myself\b",
    r"\b(?:no|any|see a|have a|lost the|lost my|lost all) (?:\w+ )?(?:reason|reasons|will|desire|point) (?:for me )?"
    r"(?:to |in |of |for )?(?:me )?(?:live|living|be alive|being alive|(?:go|going|carry|carrying) on living"
    rf"|keep living|stay alive)\b{NOT_PLACE}",
    rf"\b(?:what is|see) the point (?:of |in )?(?:living|being alive|staying alive)\b{NOT_PLACE}",
    r"\bnothing (?:left |more |else )?(?:for me )?(?:to live for|worth living for)\b",
    rf"\blife (?:\w+ ){{0,2}}?not worth living\b{NOT_PLACE}",
    rf"\bnot worth being alive\b{NOT_PLACE}",
    r"\b(?:tired of|sick of|done with|fed up with|fed up of|had enough of|weary of|given up on)"
    rf" (?:living|being alive)\b{NOT_PLACE}(?! like)",
    rf"\b(?:tired of|done with|had enough of|given up on) (?:my )?life\b{END}",
)

OWN = re.compile("|".join((*TAKING_ONES_LIFE, *SUICIDE, *SELF_HARM, *WANTING_TO_BE_DEAD, *NO_LONGER_LIVING)))
"""What somebody says about themselves."""

KIN = (
    r"\b(?:my|our|his|her) (?:\w+ ){0,3}?(?:son|daughter|husband|wife|partner|boyfriend|girlfriend|mum|mom|mam|mother"
    r"|dad|father|brother|sister|friend|mate|flatmate|roommate|housemate|child|kid|boy|girl|teenager|grandson"
    r"|granddaughter|nephew|niece|cousin|uncle|aunt|auntie|nan|gran|grandma|grandmother|grandad|grandfather|ex|fiance|fiancee"
    r"|neighbour|neighbor|tenant|stepson|stepdaughter)s?"
)
THEMSELVES = r"(?:himself|herself|themselves|themself)"

BETWEEN = r"(?:(?:he|she|they|says|said|saying|keeps|kept|told|tells|me|us|that|is|was|has|now|who|also|do) ){0,6}?"
"""Between a person and a wish: with any other word it would be something of theirs ("my kids tablet wants to die")."""

OTHERS = re.compile(
    "|".join(
        (
            rf"{KIN} (?:\w+ ){{0,8}}?(?:kill|killed|killing|topped|topping|hang|hanged|hung|hanging|shot|shoot"
            rf"|drown|drowned|harming|unalive|unalived|end|ended) {THEMSELVES}\b{ACCIDENT}",
            rf"{KIN} (?:\w+ ){{0,8}}?(?:take|took|taken|taking|end|ended|ending) (?:his|her|their) (?:own )?life\b"
            rf"{NOT_LIFE}",
            rf"{KIN} (?:\w+ ){{0,6}}?(?:commit\w*|attempt\w*|threaten\w*|(?:thinking|talk\w*) (?:of|about))"
            r" suicide\b",
            rf"{KIN} suicide\b{NOT_TITLE}",
            r"\blost (?:\w+ ){1,4}to suicide\b",
            r"\bsuicide (?:risk|watch|attempts?)\b",
            r"\bdied (?:by|from|of) suicide\b",
            r"\b(?:he|she|they) (?:\w+ ){0,3}?(?:tried|trying|wants|wanted|threatened|threatening|going) to "
            rf"(?:end|take) (?:his|her|their) (?:own )?life\b{NOT_LIFE}",
            rf"{KIN} (?:\w+ ){{0,4}}?(?:is|was|been|feeling|feels|being|not) suicidal\b(?! to )",
            rf"{KIN} (?:\w+ ){{0,4}}?(?:self ?harm\w*|overdosed|(?:took|taken) an overdose)\b",
            rf"{KIN} (?:\w+ ){{0,4}}?(?:cuts|harms) {THEMSELVES}\b{ACCIDENT}",
            rf"{KIN} (?:\w+ ){{0,6}}?{WISH} (?:hurt|harm|cut|hurting|cutting) {THEMSELVES}\b",
            rf"{KIN} {BETWEEN}(?:wants|wanted|wanting) to die\b",
            r"\b(?:he|she|they) (?:\w+ ){0,3}?(?:tried|trying|wants|wanted|threatened|threatening|threatens|going) to "
            rf"(?:kill|hang|drown|harm|unalive) {THEMSELVES}\b{ACCIDENT}",
            r"\b(?:he|she|they) (?:\w+ ){0,3}?(?:tried|trying|wants|wanted|threatened|threatening|going) to overdose\b",
            r"\b(?:he|she) (?:\w+ ){0,3}?(?:is|was|been|feeling|feels) suicidal\b(?! to )",
        )
    )
)
"""What somebody says about a person close to them, or about one they were speaking of."""

MADE_UP = re.compile(
    r"\b(?:films?|movie|dvd|book|novel|series|episode|season|character|song|lyrics|game|documentary|podcast|scene"
    r"|actor)\b"
)
"""Where these stand in the sentence, the fate of others is a story."""
