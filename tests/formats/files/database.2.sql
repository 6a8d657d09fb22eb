BEGIN TRANSACTION;
CREATE TABLE cells (
	sweep TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	"group" INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	request TEXT NOT NULL, 
	PRIMARY KEY (sweep, position), 
	FOREIGN KEY(sweep) REFERENCES sweeps (id) ON DELETE CASCADE
);
INSERT INTO "cells" VALUES('0709460432c4',0,0,'f6d089eeb74592820771','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "add", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 3, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 0}}');
INSERT INTO "cells" VALUES('0709460432c4',1,0,'5edbc6f140612214392d','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "add", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 4, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 1}}');
INSERT INTO "cells" VALUES('0709460432c4',2,0,'5db0aac135b638ca1674','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "add", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 5, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 2}}');
INSERT INTO "cells" VALUES('0709460432c4',3,1,'e9d1923f4a2d32e68a0a','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 3, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 0}}');
INSERT INTO "cells" VALUES('0709460432c4',4,1,'0f930701e52a6421ff3d','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 4, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 1}}');
INSERT INTO "cells" VALUES('0709460432c4',5,1,'096652e20046e2e02508','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 5, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 2}}');
INSERT INTO "cells" VALUES('0709460432c4',6,2,'1a095c882e1624095a26','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["left", "right"], "then": {"kind": "dense", "depth": 1}}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 3, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 0}}');
INSERT INTO "cells" VALUES('0709460432c4',7,2,'9ade0bcbf8ac2f12ca20','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["left", "right"], "then": {"kind": "dense", "depth": 1}}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 4, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 1}}');
INSERT INTO "cells" VALUES('0709460432c4',8,2,'88bfb377d09f09a60e15','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["left", "right"], "then": {"kind": "dense", "depth": 1}}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 5, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 2}}');
CREATE TABLE drafts (
	owner TEXT NOT NULL, 
	id TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	changed DOUBLE NOT NULL, 
	content BLOB NOT NULL, 
	sender TEXT NOT NULL, 
	deleted DOUBLE, 
	PRIMARY KEY (owner, id)
);
INSERT INTO "drafts" VALUES('anna','7ba9a1136e1d','','kept','kept · photo, picture',1.79606704302696561e+09,X'789CED56DB72DA3010FD173DBB196E25296F2190EB84344DDB5C3A198FB08511C89223C91827C3BF77D73617272434ED74A6D3E1092D92F6ACCE9E3DF044264C1BAE2469D51C32A182FBA4F554FA52D290911619B3C812877019C5D690D68FA7F9C643CC8CC5C30E197309D7895563260DC413E5D17E2CA84E2153A5E210C1646087A4B5E710263DE5338D68C5B540C770C7071C38518513619FF93E970169D5A18E587204AED7663367011E71CFC69A2DB17948030C878C07430BB00D8724DCC794B87C89EA2939A9F94B60401A7061810028A2E9908816351083900ED18CFA2A86D424A411C4915623E6650CB42AB3D9BD4342A60356E228543ED06099BF2C144042888C8AB5971D5E79CB82524866874CBE516EF54585590956C7728CD78A6395195242FD5255549A04B85894D4E7125B352FAA54F7EC1E32F89A0E2C66DDA48968A8AC821D41FB4C404C4ACC6F6E3142A92863B9B203BA914A87A0CD479AD30CB12CB74250639FF7C221149693F91DCD44BC7C2B8A6D9667307981213726A751B249464BF18DAB8181A290F7287CD117680683AB2C457D56C95AF9BEC954CD79D1FE924641E0289201152603D29209D7F04780A8AF5130265122465E4CAE20A54486B28EB0777662CD50AC866E092217EC6FB761C3B07B432A810993B150D05F239B2774ED4CE692BE47E66D46CE20362C6B84750BCC66637ED72D93369FE1A5F05F6D276AFF5F6AE70048B14C3E6B29BE74534FCB3E97D31FD6C95A775A8C3E26DE5C354EFB7AD0D73D6E8DA74122658C9B14EAA9E6A9FB99624866B1125A3C1FDF671E895717B1EB690899B450266E86CC6AEE650AA29E176BEAA5289D9C846123D720D5E3BCD4886A5B32CD14A71F2B281E812B658B95A784C26DCBA840ED737FA996CCA523F4C2150A7EE5977B6BD45BA3FE4F8C7AF5CFD3D6ABB75EFD57BCBA649D7F62D7905C702498D47682697CDDB9B90CBADE79B7D6BE7D6C9EB6D35D7D7B2AC3C6A7DE6522CF82B3E95DBA97B20F93EE88BA5172E1F64E6ED2CF0794AB2FFAA3DFAEDFBAA3CEE1C971CF1C5ED051BDD1E850EAC1E7F44A468D763A981EA924195D89EFDE01FD7678745965CD647CDED93543958AE4EEA0D6BD0E76FDE3FDFDFD9DF06BEF346E3E5450EFA03BD292B110B39FFC7BA36E','',NULL);
CREATE TABLE format (
	number INTEGER NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "format" VALUES(2);
CREATE TABLE lessons (
	owner TEXT NOT NULL, 
	lesson TEXT NOT NULL, 
	changed DOUBLE NOT NULL, 
	progress TEXT NOT NULL, 
	PRIMARY KEY (owner, lesson)
);
INSERT INTO "lessons" VALUES('anna','xor',1.79606704302843666e+09,'{"lesson":"xor","title":"kept","step":1,"passed":["a"]}');
CREATE TABLE points (
	run TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	logs JSON NOT NULL, 
	seconds DOUBLE NOT NULL, 
	PRIMARY KEY (run, epoch), 
	FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "points" VALUES('a5e4c38a0c8a',1,'{"loss": 0.5}',0.1);
CREATE TABLE results (
	run TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (run, kind), 
	FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE room_members (
	room TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	nickname TEXT NOT NULL, 
	joined DOUBLE NOT NULL, 
	entry TEXT NOT NULL, 
	choices JSON NOT NULL, 
	done INTEGER NOT NULL, 
	handed_in JSON NOT NULL, 
	PRIMARY KEY (room, owner), 
	FOREIGN KEY(room) REFERENCES rooms (code) ON DELETE CASCADE
);
INSERT INTO "room_members" VALUES('CFWKBZ','anna',0,'',1.79606704303006124e+09,'','{}',0,'{}');
CREATE TABLE rooms (
	code TEXT NOT NULL, 
	join_code TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	secret_hash TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	has_races BOOLEAN NOT NULL, 
	sender TEXT NOT NULL, 
	PRIMARY KEY (code), 
	UNIQUE (join_code)
);
INSERT INTO "rooms" VALUES('CFWKBZ','CFWKBZ',1.79606704303006124e+09,'24b59304e0543293247e6b64c70e098ea0dd1938f02bdddac54d96387ce2207e',2,'{"version": 2, "lesson": null, "shown": null, "sent": null, "bets": [], "races": [], "board": null, "led": null, "note": null, "plan": {"source": "version: 2\ntitle: kept\nabout: An hour on sums and products. The class proves a limit, breaks it, and races its own merges.\nquestions:\n- id: sum\n  text: A model adds one score for each input. When is that enough to be as good as any model can be?\n  kind: choice\n  options:\n  - text: Where each input holds a part of the answer, and the parts add up\n    right: true\n  - text: Whenever the branches are large enough\n  - text: Never\n- id: cells\n  text: The label is 1 if exactly one of two switches is on. A model adds one score for each switch. How\n    many of the four cases can it get right at most?\n  kind: number\n  answer: 3.0\n  unit: cases\n- id: dot\n  text: The label is the sign of a dot product of both inputs. What will your merges show?\n  kind: bet\n  options:\n  - Products lead\n  - Sums lead\n  - All merges tie\n  - Only layers behind the merge help\nitems:\n- kind: pause\n  title: Come in\n  minutes: 3\n  text: Join with the code. You only need a nickname.\n  notes: Say that nothing is graded, and that answers have no names.\n- kind: ask\n  title: What do you think?\n  minutes: 1\n  notes: Don''t explain anything yet. The same question comes again at the end.\n  question: sum\n- kind: ask\n  title: What do you think?\n  minutes: 1\n  question: cells\n- kind: lesson\n  title: When is a sum enough?\n  minutes: 10\n  text: Beat a merge with sixteen times as many weights by a plain sum.\n  notes: Most try larger merges first. Let them. Ask for the number of samples after five minutes.\n  lesson: sums\n- kind: pause\n  title: Talk about it\n  minutes: 3\n  text: Why can a merge that can express more be worse?\n  notes: It has more to learn from the same samples. Collect one sentence from each table.\n- kind: lesson\n  title: What a sum can''t see\n  minutes: 11\n  text: Prove that a sum fails. Then make the inputs meet.\n  notes: Stop everybody after the first step, and let one learner add up the four lines on the board.\n  lesson: xor\n- kind: pause\n  title: Submit your merge\n  minutes: 4\n  text: Choose any merge on the Build page. Then open your panel in the bar, and press Submit my merge.\n  notes: Walk around. A table that only has sums needs a product in the race, and the other way round.\n- kind: ask\n  title: Your bet\n  minutes: 2\n  question: dot\n- kind: race\n  title: The race of your merges\n  minutes: 4\n  text: Your merges on the sign of a dot product, each with four seeds.\n  data: dot\n  seeds: 4\n- kind: result\n  title: Who was right?\n  minutes: 3\n  notes: A dot product is a sum of products. Who multiplies has the right operation from the start.\n  question: dot\n- kind: lesson\n  title: How small can it be?\n  minutes: 9\n  text: The right operation replaces weights. How few are enough?\n  lesson: small\n- kind: ask\n  title: And now?\n  minutes: 1\n  question: sum\n- kind: result\n  title: Your answers\n  minutes: 2\n  question: sum\n- kind: ask\n  title: And now?\n  minutes: 1\n  question: cells\n- kind: result\n  title: Your answers\n  minutes: 2\n  notes: The case that is lost can be any of the four. Let two learners name different ones.\n  question: cells\n- kind: pause\n  title: What was it?\n  minutes: 3\n  text: |\n    - Where the label is a sum of parts, a sum is enough, and it needs the fewest samples.\n    - Where one input changes what the other means, they have to meet in something that is no sum.\n    - The right operation at the right place replaces many weights.\n- kind: pays\n  title: Does it pay?\n  minutes: 5\n  data: unique\n", "at": -1, "began": 0.0, "since": 0.0, "teacher": ""}, "admits": true}',0,'');
CREATE TABLE runs (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	owner TEXT NOT NULL, 
	name TEXT NOT NULL, 
	status TEXT NOT NULL, 
	service TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	architecture JSON NOT NULL, 
	request_json TEXT NOT NULL, 
	settings JSON NOT NULL, 
	epochs INTEGER NOT NULL, 
	parameters INTEGER NOT NULL, 
	message TEXT NOT NULL, 
	seconds DOUBLE NOT NULL, 
	started DOUBLE, 
	progress JSON, 
	pinned BOOLEAN NOT NULL, 
	note TEXT NOT NULL, 
	model_digest TEXT NOT NULL, 
	model_bytes INTEGER NOT NULL, 
	sweep TEXT NOT NULL, 
	"group" INTEGER NOT NULL, 
	turn INTEGER, 
	last_turn INTEGER, 
	stop_requested BOOLEAN NOT NULL, 
	pause_after INTEGER, 
	paused DOUBLE, 
	shared BOOLEAN NOT NULL, 
	sender TEXT NOT NULL, 
	deleted DOUBLE, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "runs" VALUES(1,'a5e4c38a0c8a',1.79606704301491236e+09,'','kept','queued','','e9d1923f4a2d32e68a0a','{"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}','{"architecture": {"version": 2, "name": "kept", "inputs": [{"name": "left", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}, {"name": "right", "kind": "vector", "features": 2, "encoder": {"kind": "dense", "depth": 1, "units": 4}}], "merges": [{"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}], "trunk": {"depth": 0}, "heads": [{"name": "y", "kind": "binary", "source": "fusion"}]}, "data": {"relation": {"noise": 0.1, "label_noise": 0.0, "kind": "xor", "form": "bits"}, "samples": 200, "seed": 3, "difficulty": 0.2}, "settings": {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 0}}','{"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.001, "schedule": "constant", "warmup_epochs": 0, "decay": 0.5, "decay_epochs": 5, "clip_norm": 0.0, "class_weights": "none", "validation_share": 0.25, "patience": 0, "restore_best": false, "seed": 0}',2,0,'',0.0,NULL,'null',0,'','',0,'',0,NULL,NULL,0,NULL,NULL,0,'',NULL);
CREATE TABLE services (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	process INTEGER NOT NULL, 
	process_start DOUBLE NOT NULL, 
	beat DOUBLE NOT NULL, 
	slots INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE sweeps (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	owner TEXT NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	service TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	shared BOOLEAN NOT NULL, 
	asked INTEGER NOT NULL, 
	refits TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "sweeps" VALUES(1,'0709460432c4',1.79606704560483026e+09,'anna','kept','running','','{"race": "{\"version\": 2, \"architecture\": {\"version\": 2, \"name\": \"kept\", \"inputs\": [{\"name\": \"left\", \"kind\": \"vector\", \"features\": 2, \"encoder\": {\"kind\": \"dense\", \"depth\": 1, \"units\": 4}}, {\"name\": \"right\", \"kind\": \"vector\", \"features\": 2, \"encoder\": {\"kind\": \"dense\", \"depth\": 1, \"units\": 4}}], \"merges\": [{\"name\": \"fusion\", \"kind\": \"multiply\", \"sources\": [\"left\", \"right\"]}], \"trunk\": {\"depth\": 0}, \"heads\": [{\"name\": \"y\", \"kind\": \"binary\", \"source\": \"fusion\"}]}, \"merge\": \"\", \"entries\": [{\"kind\": \"add\", \"fields\": {}}, {\"kind\": \"multiply\", \"fields\": {}}, {\"kind\": \"concatenate\", \"fields\": {\"then\": {\"kind\": \"dense\"}}}], \"data\": [{\"relation\": {\"noise\": 0.1, \"label_noise\": 0.0, \"kind\": \"xor\", \"form\": \"bits\"}, \"samples\": 200, \"seed\": 3, \"difficulty\": 0.2}], \"settings\": {\"epochs\": 2, \"batch_size\": 16, \"optimizer\": \"sgd\", \"learning_rate\": 0.001, \"schedule\": \"constant\", \"warmup_epochs\": 0, \"decay\": 0.5, \"decay_epochs\": 5, \"clip_norm\": 0.0, \"class_weights\": \"none\", \"validation_share\": 0.25, \"patience\": 0, \"restore_best\": false, \"seed\": 0}, \"seeds\": 3, \"matched\": false, \"target\": 0, \"head\": \"\"}", "bet": "", "plan": {"strategies": [{"parameters": 29, "flops": 53, "additive": true, "target": null, "limit": "", "notes": [], "problem": "", "lost_heads": []}, {"parameters": 29, "flops": 53, "additive": false, "target": null, "limit": "", "notes": [], "problem": "", "lost_heads": []}, {"parameters": 665, "flops": 1257, "additive": false, "target": null, "limit": "", "notes": [], "problem": "", "lost_heads": []}], "digests": ["f6d089eeb74592820771", "5edbc6f140612214392d", "5db0aac135b638ca1674", "e9d1923f4a2d32e68a0a", "0f930701e52a6421ff3d", "096652e20046e2e02508", "1a095c882e1624095a26", "9ade0bcbf8ac2f12ca20", "88bfb377d09f09a60e15"]}, "full": null}',0,0,'');
CREATE INDEX ix_rooms_sender ON rooms (sender);
CREATE INDEX ix_rooms_secret_hash ON rooms (secret_hash);
CREATE INDEX ix_rooms_created ON rooms (created);
CREATE INDEX ix_runs_turns ON runs (owner, sweep, turn);
CREATE INDEX ix_runs_digest ON runs (digest);
CREATE INDEX ix_runs_status ON runs (status);
CREATE INDEX ix_runs_sweep ON runs (sweep);
CREATE INDEX ix_runs_owner ON runs (owner);
CREATE INDEX ix_runs_last_turn ON runs (last_turn);
CREATE INDEX ix_runs_turn ON runs (turn);
CREATE INDEX ix_sweeps_state ON sweeps (state);
CREATE INDEX ix_sweeps_refits ON sweeps (refits);
CREATE INDEX ix_sweeps_owner ON sweeps (owner);
CREATE INDEX ix_drafts_changed ON drafts (changed);
CREATE INDEX ix_drafts_sender ON drafts (sender);
CREATE INDEX ix_lessons_changed ON lessons (changed);
CREATE INDEX ix_room_members_owner ON room_members (owner);
CREATE INDEX ix_cells_digest ON cells (digest);
COMMIT;
