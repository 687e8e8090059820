CREATE TABLE "reference_figures" (
	"exercise_id" text NOT NULL,
	"language" text NOT NULL,
	"suite_hash" text NOT NULL,
	"traffic" json NOT NULL,
	"measured_at" bigint NOT NULL,
	CONSTRAINT "reference_figures_pk" PRIMARY KEY("exercise_id","language")
);
