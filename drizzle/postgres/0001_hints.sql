CREATE TABLE "hints" (
	"learner_id" text NOT NULL,
	"exercise_id" text NOT NULL,
	"step" integer NOT NULL,
	"taken_at" bigint NOT NULL,
	CONSTRAINT "hints_pk" PRIMARY KEY("learner_id","exercise_id","taken_at","step")
);
--> statement-breakpoint
ALTER TABLE "hints" ADD CONSTRAINT "hints_learner_id_learners_id_fk" FOREIGN KEY ("learner_id") REFERENCES "public"."learners"("id") ON DELETE no action ON UPDATE no action;