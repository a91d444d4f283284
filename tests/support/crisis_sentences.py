"""What people say when they want to die or somebody close does, and what only sounds like it: see `models.crisis`."""


def _sentences(block: str) -> list[str]:
    return [sentence.strip() for sentence in block.split("|")]


OWN = _sentences("""
I want to die | I just want to die | I want to kill myself | i'm gonna kill myself tonight |
I'm thinking of ending my life | I don't want to be here anymore | I don't want to live anymore |
i don't want to be alive anymore | honestly i'd be better off dead | everyone would be better off without me |
my kids would be better off without me | i feel suicidal |
i've been having suicidal thoughts since the letters started | I'm going to hurt myself |
i keep thinking about harming myself | i've been self-harming again |
I started self harming when the debt letters came | there's no point living | I've got no reason to go on living |
I have nothing left to live for | life is not worth living | I tried to take my own life last month |
i took an overdose in march because of this debt | i tried to commit suicide last year |
I have been thinking about suicide | i just want to end it all | um i i just want to uh end it all you know |
I can't go on living | I'm going to kms | kms | im gonna unalive myself | i wish i was dead |
I wish I had never been born | i hope i dont wake up tomorrow |
sometimes i think it would be easier if i wasn't here | I'm tired of living |
I can't go on like this, I just want it all to end | if this goes on i'm going to hang myself |
I feel like jumping off a bridge | i'm going to take all my pills | I'm not suicidal but I can't cope with this |
you are making me want to kill myself | honestly... i want to... die | I've lost the will to live since she left |
I had thoughts of suicide again this morning | if this goes to court I'm going to top myself |
I have no will to live left | my life is not worth living anymore | I want to slit my wrists |
sometimes I wish I was never born | they'd all be better off if I was dead |
my kids would be better off if i wasn't around | I want to stop existing | I feel so low I could end my life |
I am going to end myself | I just don't want to wake up tomorrow | I'm so tired of being alive |
I almost took my own life in august | I've been suicidal since march | I contemplated suicide over this bill |
I wanna kill meself | i dnt wanna live | there isn't any point in me living | i want my life to end |
i dont wanna be on this planet anymore | I hope I die in my sleep | I was thinking about taking an overdose |
I'm scared I might kill myself | i wish id died in that crash |
I really don't see the point in living any more, not with this debt |
I've thought about killing myself more than once this week |
you lot have pushed me to the edge, I'm going to end my life | honestly I just want to not be alive |
I took a load of tablets last night hoping I wouldn't wake up |
my doctor says I'm a suicide risk so please stop the letters | I've been on suicide watch |
I was sectioned last year after a suicide attempt | I attempted suicide in January |
I have attempted to take my life twice | i keep having thoughts of ending it all | my life isn't worth living |
i don't think i can go on living after this | I'm standing on the bridge and I'm going to jump |
if you cut me off I will kill myself | i'd sooner be dead | what's the point of even being alive |
nobody would miss me if I was gone | nobody would care if I died | I wish I could just go to sleep and never wake up |
I cut myself when I get stressed and this is making me do it | i self harm and this is making it worse |
I am having urges to self-harm | I nearly killed myself over this last month | I've got a plan to kill myself |
I'm crisis, suicidal, please help | i want 2 die | i wnat to die | i dont want to exist any more | im done with life |
there is no reason for me to live | I'll hang myself | I'll be dead by tomorrow, I've decided | just let me die |
i might as well be dead | might aswell kill my self | I should just kill myself | death would be better than this |
I feel like I want to die | ready to end my own life | i am thinking of taking my own life | I'm a danger to myself |
I don't feel safe with myself | I can't see any reason to carry on living |
I just can't do life anymore, I want to be dead | i've been thinking of killing myself for weeks now |
every night I pray I don't wake up | I'd be better off not existing |
My therapist put me on suicide watch after I tried to hurt myself |
I feel like there's nothing left for me to live for | i want to end my suffering and die | I have been cutting again |
I can't cope, I feel suicidal | I'm going to drive into a wall |
i am going to end it all tomorrow if this isnt fixed | I'm on the verge of suicide |
please help me i dont want to die | I tried to overdose last week | i do not want to exist anymore |
can't see a reason to stay alive | I'd rather kill myself than lose the house | thinking about driving off a bridge |
i feel worthless and want to kill my self | I have had enough of living |
I considered ending my life when the bailiffs came | you wont be happy til i kill myself |
if i had a gun id shoot myself | its not worth being alive | i'll be jumping off the roof
""")
"""Of themselves, typed and as a recogniser prints it."""

OF_OTHERS = _sentences("""
my son tried to kill himself last night | my daughter is suicidal and I can't leave her |
my brother killed himself over debts like this | my best friend took her own life in june |
he tried to kill himself last night so I couldn't call | my husband says he wants to die |
my teenage daughter has been self-harming | My ex partner threatened to kill himself | my nephew hanged himself |
her husband killed himself last week | my tenant tried to kill himself | my daughter cuts herself |
my dad is talking about ending his life | My wife tried to end her life because of your bailiffs |
my mum is in hospital, she tried to overdose | my flatmate's just attempted suicide |
my little brother keeps saying he wants to kill himself | my partner has been suicidal since he lost his job |
Our son took his own life in May | we lost our daughter to suicide |
my dad hung himself on Sunday and I need to close his account | my girlfriend's threatening to kill herself |
she's threatening to kill herself if the power goes off | He told me he doesn't want to live anymore, he's my son |
my mate topped himself in lockdown | my wife has threatened suicide | My sister died by suicide in April |
she said she wants to end her life
""")
"""Of somebody at their side."""

ALIKE = _sentences("""
my phone died | The battery is dead | this is killing me | I could kill for a coffee |
I'm dying to know when it comes | please kill the process | can you kill that order please |
my suicide squad dvd never came | I want to end my contract | I want to end my call now |
please end my life insurance policy | I'd like to end it, all three contracts |
I want to end it all, the broadband, the phone and the TV | I'd rather die than call you again |
I'd rather be dead than stay with you | I hurt my back lifting the box | I hurt myself lifting the box |
I cut myself on the lid | i nearly killed myself tripping over your cable |
I've been killing myself trying to reach you | I killed myself laughing | shoot me an email |
I shot myself in the foot with that plan | I'd be better off with another provider |
you'd be better off without me as a customer | I don't want to be here all day |
I don't want to be here on hold all day | I don't want to live here anymore | I don't want to live in that flat |
there's no point living in the past | I'm tired of living without hot water | you took my life savings |
this has taken over my life | you have taken my life back to the stone age | it's not a matter of life and death |
The line went dead | The link is dead | drop dead | my dad died last month |
my husband passed away and I need to close his account | I was dead tired after the flight | I'm dead serious |
I wanted to die of embarrassment | I want to die laughing every time your bot answers | over my dead body |
kill the lights | your prices are suicidal | it would be suicidal to drive there without a phone |
that's commercial suicide | how many kms are included | I live 20 kms away | can I do it myself |
I'll install it myself | I had to hang the mirror myself | can I top myself up with data |
my kid's tablet wants to die every ten minutes | in the film he kills himself and the sound stops |
the main character tries to kill herself in episode 3, then it buffers | I want to jump to the next plan |
the car won't start, the battery's dead | is the life cover still active | I want to take out life insurance |
end my misery and send the refund | can I take all my points with me | I took all the tablets back to the shop |
he hurt himself on your trampoline | my son hurt himself on the toy | the tablet killed itself |
I don't want to hurt my credit score | I was harmed by this product | I'm not going to live forever you know |
live agent please | what is the point of this life insurance | you make my life hell | I can't live without internet |
I can't go on holiday because of you | I want it to end on the 30th | when does my contract end, I want it over with |
wake me up when you've found it | I don't want to wake up the baby | your company is dead to me |
my heart is set on the blue one | my wife will kill me | you're killing me, Sam | this job will be the death of me |
I'd like to end my broadband contract on the 4th | this queue will be the end of me | I died laughing at that |
my kindle is dead as a dodo | you're killing my business | can I cut the cord myself | I wish I was on holiday |
I have no reason to stay with you | what's the point of having insurance | there's no point in me calling again |
I don't want to be a customer anymore | I don't want to be here when the engineer comes | I can't live on hold music |
my dog died and I want to cancel the pet insurance | the suicide lane on the map is wrong |
he killed it on stage, send more tickets | my son killed the router | my husband hung the curtain himself |
my wife did it herself | it's better if I was there to sign for it | I'd be happier if I was on the cheaper plan |
nobody will miss me if I switch to another gym | I won't be here tomorrow so deliver on Friday |
I want to take my own lunch on the flight | he threatened to hurt me | my ex threatened to kill me |
the pills I ordered never came | I took an extra tablet, is that an overdose | I shot myself a reminder email |
can we jump from the basic to the premium plan | I hanged up by myself | I hope the battery doesn't die |
I want to end it here, thanks for your help | I'm done with this | I'm sick of living near your mast |
life without wifi isn't worth living | I could die of shame | I want to end my painful contract |
can you take my son off the account | my wife has threatened to leave you for Sky | I'm going to drive into town |
he wants to end his membership | she wants to take her life insurance elsewhere | it's not worth being a customer |
I'd be better off not ordering from you | I pray I get a refund | there is nothing left for me to pay |
I've been cutting the grass again | I will be jumping through hoops forever | my dad topped up my phone |
I don't see a reason to pay this | have a reason to live in hope |
my brother shot himself in the foot with this contract | my friend died of cancer |
killed the engine for safety myself | I could kill myself for not reading the small print |
the kids wanted to die laughing | I've had enough of living in limbo | my mum can't live without her tablets |
the kettle wants to kill me | I want this nightmare to be over | I am tired of life insurance calls |
I want it over with | he is going to kill me when he sees the bill | I cut the cable by mistake myself |
can't carry on living out of boxes | they're going to end the service | I want to be there when it arrives |
if I was here I would have signed for it | everyone would be better off without your company |
we took her life story book back
""")
"""The same words about batteries, contracts, flats and jokes."""
