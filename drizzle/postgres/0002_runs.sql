CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"learner_id" text NOT NULL,
	"exercise_id" text NOT NULL,
	"language" text NOT NULL,
	"code" text NOT NULL,
	"seed" text NOT NULL,
	"status" text NOT NULL,
	"events" json NOT NULL,
	"result" json,
	"attempts" integer NOT NULL,
	"fence" integer NOT NULL,
	"lease_until" bigint,
	"created_at" bigint NOT NULL,
	"started_at" bigint,
	"finished_at" bigint
);
--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_learner_id_learners_id_fk" FOREIGN KEY ("learner_id") REFERENCES "public"."learners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "runs_by_status" ON "runs" USING btree ("status","created_at");--> statement-breakpoint
CREATE INDEX "runs_by_learner" ON "runs" USING btree ("learner_id","finished_at");